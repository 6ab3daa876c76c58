"""Work that is done later and never lost: outbox -> SQS -> worker, with MongoDB as the truth of what is unfinished."""
