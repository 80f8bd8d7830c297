"""Compute metrics, tests and intervals: arrays and frames in, arrays and frames out.

No I/O, no streamlit, no torch.
"""
