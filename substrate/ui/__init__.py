"""The only Streamlit code outside app.py and pages/: pickers, cached loaders, panels."""
