"""What a message that came back says: facts in, a verdict a recipient out. Pure; never reads a file, acts on nobody."""
