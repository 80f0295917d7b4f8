"""How do pictures with their masks leave as WebDataset shards, for training elsewhere?

A shard is a tar file. A sample's members stand one behind the other: ``ID.json`` (what is known of it),
``ID.jpg`` or another ending (the picture's own file), ``ID.mask.png`` (the mask that the toolkit made) and
``ID.reference.png`` (the mask that came with the data), masks of 0 and 255. Beside the shards lies
``shards.json``. The same samples give the same bytes.
"""
