"""How is an outline written as a page, a PDF, Markdown or a notebook? One module for each."""
