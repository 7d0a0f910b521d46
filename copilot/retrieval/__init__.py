"""From a question to ranked passages: dense and lexical hits fused, filtered, folded."""
