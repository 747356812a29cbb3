"""MongoDB: one document per record, whose `_id` is the record's, so what comes again is there already."""
