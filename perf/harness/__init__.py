"""What every measurement shares: processes, the sink, the product's commands, tables, history."""
