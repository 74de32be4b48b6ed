"""The kinds of charts. In: a chart, its rows and a look. Out: a sheet with the drawing."""
