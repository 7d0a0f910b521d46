"""What the screens are made of; a widget shows and tells, and never knows the program around it."""
