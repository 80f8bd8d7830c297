"""Draw the frame of every page: navigation, sidebar, launch form, live jobs, welcome."""
