"""What transfer scores show and say."""
