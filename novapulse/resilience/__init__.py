"""What keeps a sick dependency, or too many callers, from taking the rest down."""
