"""Questions to the user that stand before everything else."""
