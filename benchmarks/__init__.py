"""What oagw costs, beside a bare Autobahn server on the same machine."""
