"""KnowBe4: the users of the console, and the training that they were assigned."""
