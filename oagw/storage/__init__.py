"""What every SQLite file of oagw needs: schema upgrades and group commit."""
