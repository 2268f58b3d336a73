"""Who may come in: accounts, sign-ins, tokens, second factors, workspaces."""
