"""The runner that needs no key and no network: rules, the user's runbooks and the live state."""
