// Preloaded by bun:test before every test file (bunfig.toml).
