"""Charts: what the numbers can and cannot say, drawn. The one package that imports matplotlib.

plan        which charts a selection asks for                 pure
data        rows of the database as series of numbers         the edge where decimals become floats
look        colours, dashes, type sizes, margins              pure
sheet       a figure with title, notes and footer around axes
axes        time and rate axes that do not claim too much
labels      labels at the ends of lines, apart from another
trend, indexed, changes, overview, coverage                   one module a kind
picture     a figure as PNG, SVG or PDF, the same bytes for the same data
"""
