"""Print the lowest version of each dependency that setup.cfg allows, those of the extras that are named included."""

import configparser
import re
import sys

setup = configparser.ConfigParser()
setup.read("setup.cfg")
wanted = [setup["options"]["install_requires"], *(setup["options.extras_require"][extra] for extra in sys.argv[1:])]
lowest = re.findall(r"^([\w-]+)>=([\d.]+)$", "\n".join(wanted), re.MULTILINE)
for line in dict.fromkeys(f"{name}=={version}" for name, version in lowest):
    print(line)
