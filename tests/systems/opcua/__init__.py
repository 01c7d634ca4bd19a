"""OPC UA servers behind a gateway."""
