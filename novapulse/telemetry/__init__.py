"""What a process tells about itself, and how that leaves it without ever slowing it down."""
