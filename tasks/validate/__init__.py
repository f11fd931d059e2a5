"""Validate: is every record storable, and does every statement add up?"""
