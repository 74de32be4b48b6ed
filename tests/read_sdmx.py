"""Print the observations of an SDMX-CSV file as the library of the field reads them; runs in an environment of its own.

usage: read_sdmx.py FILE DIMENSIONS ATTRIBUTES, names separated by commas
"""

import io
import json
import sys
from pathlib import Path

from sdmx.model import common, v30
from sdmx.reader.csv import Reader


def main(file: str, dimensions: str, attributes: str) -> None:
    structure = v30.DataStructureDefinition(id="EXR", version="1.0")
    for name in dimensions.split(","):
        structure.dimensions.append(common.Dimension(id=name))
    structure.dimensions.append(common.TimeDimension(id="TIME_PERIOD"))
    structure.measures.append(v30.Measure(id="OBS_VALUE"))
    for name in attributes.split(","):
        structure.attributes.append(common.DataAttribute(id=name))
    message = Reader().convert(
        io.BytesIO(Path(file).read_bytes()), structure=v30.Dataflow(id="EXR", structure=structure)
    )
    (dataset,) = message.data
    assert dataset.action == common.ActionType.information
    observations = [
        {
            "dimensions": {name: value.value for name, value in observation.dimension.values.items()},
            "value": observation.value,
            "attributes": {name: value.value for name, value in observation.attached_attribute.items()},
        }
        for observation in dataset.obs
    ]
    print(json.dumps(observations))


if __name__ == "__main__":
    main(*sys.argv[1:])
