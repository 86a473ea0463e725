"""What serves the transfer scores and is none: folds, fits of classifiers, accuracies."""
