"""The live path beside other servers: what a delivered message costs, and crowds."""
