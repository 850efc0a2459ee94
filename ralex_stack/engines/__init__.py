"""What touches the world: container engines, behind small interfaces."""
