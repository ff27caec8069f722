"""What every service's pages share: one look (styles, font, the page's frame), how dates are written, refusals."""
