"""Parts of the golden-result scripts; `qwen_image.py` beside this folder is the way in."""
