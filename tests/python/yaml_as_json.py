"""A YAML file as JSON on standard output: yaml_as_json.py FILE"""

import json
import sys

import yaml

with open(sys.argv[1]) as file:
    json.dump(yaml.safe_load(file), sys.stdout, default=str)
