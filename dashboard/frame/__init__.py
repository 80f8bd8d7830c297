"""What stands around every page: navigation, sidebar, launch form, live jobs, welcome, error boundary."""
