"""What the stack stands on: facts gathered from the world, and pure checks over them."""
