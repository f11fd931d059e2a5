check_name = 'spending_has_a_category'
