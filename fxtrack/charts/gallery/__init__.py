"""The folder of charts.

In: the published file.
Out: index.html, and for each chart SVGs (wide and narrow), the data of the live chart, CSV and XLSX.
"""
