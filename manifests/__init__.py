"""The contract that every other package stands on: schema, geometry, reading, writing, mixes."""
