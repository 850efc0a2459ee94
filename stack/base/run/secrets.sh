# shellcheck shell=sh
# Sourced: exports each file of /run/secrets as the variable of its upper-cased name.
for file in "${RALEX_SECRETS_DIRECTORY:-/run/secrets}"/*; do
    [ -f "$file" ] || continue
    name=$(printf '%s' "${file##*/}" | tr '[:lower:]-' '[:upper:]_')
    export "$name=$(cat "$file")"
done
unset file name
