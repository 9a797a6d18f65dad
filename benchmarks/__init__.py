"""Speed, measured: a large academy, whole iterations through HTTP, figures beside the budgets."""
