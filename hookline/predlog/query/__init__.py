"""Reading the prediction log: filters, pages, charts. Read-only, bounded in time, whatever is asked."""
