"""OPC UA servers as systems of the gateway, through the library asyncua."""
