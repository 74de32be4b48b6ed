"""List a folder with size and time of change of each file, all that finding new ones needs: list_folder.py FOLDER."""

import os
import sys

files = 0
waiting = [sys.argv[1]]
while waiting:
    with os.scandir(waiting.pop()) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            else:
                found = entry.stat()
                files += bool(found.st_size and found.st_mtime_ns)
print(files)
