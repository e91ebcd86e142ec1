"""What is sent: queries and requests, as JSON, as curl commands and as scripts."""
