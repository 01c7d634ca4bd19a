"""The engines that keep historical values."""
