"""How well one representation predicts another: maps fitted on some rows and judged on others."""
