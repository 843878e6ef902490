#!/bin/sh
# Stands in for an example.
echo 'one [of]; the list'
echo '// two'
echo 'three'
