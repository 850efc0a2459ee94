// Runs inside the server when its first directory is opened, after it has read its token:
// from here on neither a child nor a project's configuration can get at it.
export const Forget = async () => {
  delete process.env.OPENCODE_SERVER_PASSWORD
  delete process.env.OPENCODE_CONFIG
  return {}
}
