"""House rules that no off-the-shelf linter knows. Each rule stands beside its reason."""
