"""Any OPC UA server as a system of the gateway, through the library asyncua."""
