"""KnowBe4: who has an account there, and which training everybody was given."""
