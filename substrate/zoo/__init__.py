"""How the bundled encoders were trained: recipes, objectives, schedules, checkpoints and cards."""
