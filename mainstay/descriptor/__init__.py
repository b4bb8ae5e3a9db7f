"""What users say of their systems: the words of a descriptor, their rules, and a sentence for every fault."""
