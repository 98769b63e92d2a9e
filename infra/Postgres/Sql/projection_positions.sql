select name, leaf from ledger.projection_positions
