//! That the document and the router say the same.
