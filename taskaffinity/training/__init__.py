"""The one training loop, and what it trains: sources, references and transfers."""
