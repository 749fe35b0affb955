"""The pages of the staff: who is there, what they may do, one router a group of pages. Thin: services do the work."""
